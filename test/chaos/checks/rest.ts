/** Nothing is left over, and the daemon takes no more than before. */
import type { Evidence } from '../evidence.ts';

export function nothingIsLeft({ leftovers }: Evidence): readonly string[] {
  return leftovers.map((what) => `left behind: ${what}`);
}

export function everythingSettled({ unsettled, remarks }: Evidence): readonly string[] {
  return [...unsettled.map((what) => `did not come to rest: ${what}`), ...remarks];
}

const moreDescriptors = 15;
const moreMemory = { factor: 1.5, mb: 80 };

export function resourcesCameBack({ resources }: Evidence): readonly string[] {
  if (resources === undefined) return [];
  const { before, after } = resources;
  const mostMb = before.rssMb * moreMemory.factor + moreMemory.mb;
  return [
    ...(after.descriptors <= before.descriptors + moreDescriptors
      ? []
      : [`the daemon had ${before.descriptors} descriptors open and has ${after.descriptors}`]),
    ...(after.rssMb <= mostMb ? [] : [`the daemon took ${before.rssMb} MB and takes ${after.rssMb} MB`]),
  ];
}
