/** Takes out what was put into the map first until it fits; returns what was taken out. */
export function forgetOldest<Value>(map: Map<string, Value>, maxSize: number): readonly Value[] {
  if (map.size <= maxSize) return NOTHING;
  const forgotten: Value[] = [];
  for (const [key, value] of map) {
    if (map.size <= maxSize) break;
    map.delete(key);
    forgotten.push(value);
  }
  return forgotten;
}

const NOTHING: readonly never[] = [];
