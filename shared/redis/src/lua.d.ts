declare module '*.lua' {
  /** The script's text. */
  const script: string;
  export default script;
}
