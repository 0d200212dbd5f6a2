/** The pylons of a chaos run, and what each is there for. */

/** Never the target of a fault of its own: what it suffers, it suffers from its neighbours or the whole daemon. */
const calm = 'calm';
/** Their workers crash. */
export const frail = ['frail', 'cloner'] as const;
/** Its settings are saved over and over. */
export const edited = 'edited';
/** Its directory is deleted, replaced, renamed. */
export const moved = 'moved';

export const cast = [calm, 'frail', 'cloner', edited, moved] as const;
export type PylonName = (typeof cast)[number];
