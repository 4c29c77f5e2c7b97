/** Runs what waits for the same one after another, in the order in which it came. */
export type Lines = <Result>(name: string, run: () => Promise<Result>) => Promise<Result>;

export function createLines(): Lines {
  const ends = new Map<string, Promise<unknown>>();
  return (name, run) => {
    const before = ends.get(name) ?? Promise.resolve();
    const running = before.then(run);
    const goOn = (): void => {
      if (ends.get(name) === end) ends.delete(name);
    };
    // Whoever is behind goes on either way; of a failure whoever asked for it is told.
    const end: Promise<void> = running.then(goOn, goOn);
    ends.set(name, end);
    return running;
  };
}
