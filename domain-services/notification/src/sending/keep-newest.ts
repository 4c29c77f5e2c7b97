/** What was loaded last, up to a number of keys. A load that fails is not kept. */
export function keepNewest<Key, Value>(maxKeys: number) {
  const kept = new Map<Key, Promise<Value>>();
  return {
    get: (key: Key, load: () => Promise<Value>): Promise<Value> => {
      const known = kept.get(key);
      if (known !== undefined) return known;
      const oldest = kept.size >= maxKeys ? kept.keys().next() : undefined;
      if (oldest !== undefined && !oldest.done) kept.delete(oldest.value);
      const loading = load();
      kept.set(key, loading);
      loading.catch(() => {
        if (kept.get(key) === loading) kept.delete(key);
      });
      return loading;
    },
    forget: (key: Key): void => {
      kept.delete(key);
    },
  };
}
