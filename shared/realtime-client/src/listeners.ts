/** Functions to be told something. One that throws does not keep it from the others. */
export interface Listeners<Args extends readonly unknown[]> {
  add(listener: (...args: Args) => void): () => void;
  tell(...args: Args): void;
}

export function createListeners<Args extends readonly unknown[]>(): Listeners<Args> {
  const listeners = new Set<(...args: Args) => void>();
  return {
    add: (listener) => {
      // Its own function, so that one listener added twice is two registrations.
      const own = (...args: Args) => listener(...args);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    tell: (...args) => {
      for (const listener of listeners) {
        try {
          listener(...args);
        } catch (thrown) {
          // Surfaces as the page's uncaught error, where such mistakes are looked for.
          queueMicrotask(() => {
            throw thrown;
          });
        }
      }
    },
  };
}
