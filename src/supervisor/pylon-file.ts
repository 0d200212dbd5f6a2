/** What the settings files say of one pylon, as the supervisor is told it. */
import type { PylonSettings, Variables } from '../protocol/settings.ts';

export type PylonFile = {
  /** What `${VAR}` stands for; of a faulty file as far as it can be read, for the jobs that the pylon had before. */
  readonly variables: Variables;
} &
  /** `served`: whether it accepts events; a disabled or not-named one only ends the jobs it has. */
  (
    | {
        readonly kind: 'usable';
        readonly settings: PylonSettings;
        readonly served: 'yes' | 'disabled' | 'not-named';
      }
    /** Each problem in one sentence with file and line. */
    | { readonly kind: 'faulty'; readonly problems: readonly string[] }
  );
