/** A door that stays shut until it is opened; `reached` counts those who came to it. */
export interface Gate {
  readonly reached: number;
  pass(): Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let reached = 0;
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    get reached() {
      return reached;
    },
    pass: () => {
      reached++;
      return opened;
    },
    open: () => open(),
  };
}
