import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import type { ActionOf, FaultContext, Hit } from './fault.ts';

/** Another SQLite wants to read and to write a database that is in use: it must be refused. */
export async function readNatively(context: FaultContext, { pylon }: ActionOf<'native-reader'>): Promise<Hit> {
  const { stage, remark } = context;
  // While nothing starts or ends the daemon: between two lives of it anybody may read.
  return stage.daemon.exclusively(async () => {
    const up = await stage.client.status().catch(() => undefined);
    if (up === undefined) return { missed: true };
    const file = path.join(stage.pylonDirectory(pylon), 'jobs.db');
    for (const sql of ['SELECT count(*) FROM jobs', "INSERT INTO meta VALUES ('stranger', '1')"]) {
      const said = await sqlite3(file, sql);
      if (!said.includes('database is locked')) remark(`sqlite3 was not refused: ${sql}: ${said}`);
    }
    return {};
  });
}

/** Not waited for synchronously: the driver's own servers go on meanwhile. */
async function sqlite3(file: string, sql: string): Promise<string> {
  const shell = spawn('sqlite3', [file, sql], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  await once(shell, 'close');
  return said;
}
