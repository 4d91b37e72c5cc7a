const DURATION = /^(?:\d+(?:\.\d+)?d)?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))*$/;

/** Whether the server understands a text as a time, such as 30s, 5m, 1h30m or 2d; expressions are judged when they run. */
export function isDuration(text: string): boolean {
  return text !== '' && (DURATION.test(text) || text.includes('{{'));
}
