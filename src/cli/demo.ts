/** `pylon demo` */
import { Command, Option, UsageError } from 'clipanion';

export class DemoCommand extends Command {
  static override paths = [['demo']];
  static override usage = Command.Usage({
    description: 'See the main job done, in a throw-away home, in a few seconds.',
    details: `
      Starts the real daemon with one pylon that reviews pull requests, serves a small git repository, sends a signed
      pull_request event of GitHub's, and shows what happens until the agent's review is posted. The agent is a script, so
      that neither a model nor a key is needed. With Docker it runs in a container, of an image that is made on the spot
      without a registry; without Docker it runs as a plain process. Afterwards everything is removed again.
    `,
    examples: [
      ['See it', '$0 demo'],
      ['Go on serving until Ctrl+C, to send events by hand', '$0 demo --keep'],
      ['Without Docker', '$0 demo --engine process'],
    ],
  });

  engine = Option.String('--engine', { description: 'docker or process; where not given, Docker if it can be used.' });
  keep = Option.Boolean('--keep', false, {
    description: 'Go on serving until Ctrl+C, and leave the home behind.',
  });

  override async execute(): Promise<number> {
    const { engine } = this;
    if (engine !== undefined && engine !== 'docker' && engine !== 'process') {
      throw new UsageError(`--engine is "${engine}"; expected docker or process.`);
    }
    const { runDemo } = await import('./demo/run-demo.ts');
    const { env, stdout, stderr } = this.context;
    return runDemo({ engine, keep: this.keep, env, stdout, stderr });
  }
}
