/** The one function of the package that is used here; it ships no types of its own. */
declare module 'fs-native-extensions' {
  /**
   * Locks `length` bytes from `offset` (0 and 0: the whole file, the only form on macOS) for the open file `fd`, exclusively
   * unless `shared`. False when somebody else holds a lock that excludes this one.
   */
  export function tryLock(fd: number, offset: number, length: number, options?: { shared?: boolean }): boolean;
}
