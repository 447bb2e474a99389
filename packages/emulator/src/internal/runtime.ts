const OTHERS = { bun: 'Bun', deno: 'Deno' };

/**
 * A gate stands on how Node reads requests: another runtime that says it is Node reads them otherwise, and might let through
 * what Node refuses.
 * @throws Error when this is another runtime than Node
 */
export function refuseOtherRuntime(versions: Readonly<Record<string, string | undefined>> = process.versions): void {
  for (const [key, name] of Object.entries(OTHERS))
    if (versions[key] !== undefined)
      throw new Error(
        `The emulator of run-edges runs on Node alone; this is ${name} ${versions[key]}. Start it with node.`,
      );
}

refuseOtherRuntime();
