/** Thread entry: takes an inotify instance for the directory in `workerData`, or dies of the reason why there is none. */
import { watch } from 'node:fs';
import { workerData } from 'node:worker_threads';

watch(workerData as string).close();
