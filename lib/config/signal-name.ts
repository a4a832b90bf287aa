/** What is judged, in words: `the model`, as for null, or `the signal -rsi`. */
export function signalName(signal: string | null): string {
  return signal === 'model' || signal === null ? 'the model' : `the signal ${signal}`;
}
