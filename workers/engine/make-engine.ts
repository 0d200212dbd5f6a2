/** Chooses the engine that an address names. */
import type { Clock } from '../../src/clock.ts';
import type { Log } from '../../src/log.ts';
import type { EngineAddress } from '../../src/protocol/messages.ts';
import type { GroupRegister } from '../child/start-in-group.ts';
import { dockerEngine } from './docker.ts';
import type { Engine } from './engine.ts';
import { processEngine } from './process.ts';

export interface EngineContext {
  readonly homeId: string;
  readonly pylon: string;
  /** The Pylon home's directory. */
  readonly home: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Told of the process groups that `process` starts. */
  readonly group: GroupRegister;
}

/** The engine of one pylon. Connects to nothing before its first use. */
export function makeEngine(address: EngineAddress, context: EngineContext): Engine {
  return address.kind === 'docker' ? dockerEngine(address, context) : processEngine(context);
}
