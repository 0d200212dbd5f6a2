import type sqlite from 'node-sqlite3-wasm';

import type { PylonError } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import type { Row, Value } from './row.ts';
import { isRefusal, storeError } from './store-error.ts';

type Connection = InstanceType<typeof sqlite.Database>;
type Statement = ReturnType<Connection['prepare']>;

/**
 * One open database. Operations are functions in files of their own that take it first; `openStore` makes one.
 * Every method throws catalogue errors: PYLON_NOT_STORED, PYLON_DATABASE_DAMAGED, PYLON_INTERNAL.
 */
export class Store {
  readonly file: string;
  readonly #db: Connection;
  readonly #log: Log | undefined;
  readonly #statements = new Map<string, Statement>();
  #broken: PylonError | undefined;

  constructor(db: Connection, file: string, log: Log | undefined) {
    this.#db = db;
    this.file = file;
    this.#log = log;
  }

  /** Runs one statement that gives no rows. */
  run(sql: string, values: readonly Value[] = []): { readonly changes: number; readonly lastId: number } {
    return this.#attempt('writing', () => {
      const { changes, lastInsertRowid } = this.#with(sql, values, (statement, bound) => statement.run(bound));
      return { changes, lastId: Number(lastInsertRowid) };
    });
  }

  /** All rows of one statement. */
  all(sql: string, values: readonly Value[] = []): readonly Row[] {
    // `expand` is never asked for, so that a row is flat.
    return this.#attempt('reading', () => this.#with(sql, values, (statement, bound) => statement.all(bound)) as Row[]);
  }

  /** Runs any number of statements without values or rows. */
  exec(sql: string): void {
    this.#attempt('writing', () => this.#db.exec(sql));
  }

  get isOpen(): boolean {
    return this.#db.isOpen;
  }

  get inTransaction(): boolean {
    return this.#db.inTransaction || this.#broken !== undefined;
  }

  /** The error that ruined the transaction under way; nothing more can be done in it. */
  get broken(): PylonError | undefined {
    return this.#broken;
  }

  /** Undoes the transaction under way, whatever state it is in. Never throws. */
  abandon(): void {
    this.#broken = undefined;
    try {
      // Where the disk failed, SQLite has undone it already.
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
    } catch (error) {
      this.#log?.error(storeError(error, this.file, 'writing').message);
    }
  }

  /**
   * Leaves a plain SQLite file that any other program can read. Twice is fine. Never throws: where the disk does not let
   * it finish, what was committed is in the `-wal` file beside it, and the next `openStore` takes it up.
   */
  close(): void {
    if (!this.#db.isOpen) return;
    this.abandon();
    for (const sql of this.#statements.keys()) this.#forget(sql);
    try {
      this.#db.all('PRAGMA wal_checkpoint(TRUNCATE)');
      this.#db.all('PRAGMA journal_mode = DELETE');
    } catch (error) {
      this.#log?.warn(
        `${this.file} could not be tidied while closing it: ${storeError(error, this.file, 'writing').message}`,
      );
    }
    try {
      this.#db.close();
    } catch (error) {
      this.#log?.warn(`${this.file} could not be closed: ${storeError(error, this.file, 'writing').message}`);
    }
  }

  #attempt<T>(doing: 'reading' | 'writing', work: () => T): T {
    if (this.#broken !== undefined) throw this.#broken;
    const inTransaction = this.#db.isOpen && this.#db.inTransaction;
    try {
      return work();
    } catch (thrown) {
      const error = storeError(thrown, this.file, doing);
      // A failing disk may have ended the transaction: without this, what its owner does next would be committed alone.
      if (inTransaction && !isRefusal(thrown)) this.#broken = error;
      throw error;
    }
  }

  #with<T>(sql: string, values: readonly Value[], use: (statement: Statement, bound: Value[]) => T): T {
    const bound = values.map(storable);
    const kept = this.#statements.get(sql);
    const statement = kept ?? this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    try {
      const result = use(statement, bound);
      // A kept statement keeps its values as well.
      if (this.#statements.size > mostStatements || bound.some(isLarge)) this.#forget(sql);
      return result;
    } catch (error) {
      // One that failed cannot be used again.
      this.#forget(sql);
      throw error;
    }
  }

  #forget(sql: string): void {
    const statement = this.#statements.get(sql);
    this.#statements.delete(sql);
    try {
      statement?.finalize();
    } catch {
      // It repeats the error of its last use, which its user was told; the memory is freed all the same.
    }
  }
}

const mostStatements = 100;

function isLarge(value: Value): boolean {
  return typeof value === 'string' && value.length > 16_384;
}

/** SQLite's interface ends a text at its first NUL and cannot hold half a character; both become U+FFFD. */
function storable(value: Value): Value {
  if (typeof value !== 'string') return value;
  const whole = value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
  return loneSurrogate.test(whole) ? whole.replace(new RegExp(loneSurrogate, 'gu'), '\ufffd') : whole;
}

const loneSurrogate = /\p{Surrogate}/u;
