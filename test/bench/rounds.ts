/** Measures several things in turn, again and again, so that whatever else the machine does meets all of them alike. */
export async function inTurn<Found>(
  rounds: number,
  say: (line: string) => void,
  measures: Readonly<Record<string, () => Promise<Found>>>,
): Promise<Readonly<Record<string, readonly Found[]>>> {
  const found = new Map<string, Found[]>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, measure] of Object.entries(measures)) {
      const result = await measure();
      found.set(name, [...(found.get(name) ?? []), result]);
      say(`round ${round} of ${rounds}, ${name}: ${JSON.stringify(result)}`);
    }
  }
  return Object.fromEntries(found);
}
