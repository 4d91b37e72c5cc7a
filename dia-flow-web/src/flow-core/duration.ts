const DURATION = /^(?:\d+(?:\.\d+)?d)?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))*$/;

const SECONDS: Record<string, number> = {
  d: 86_400,
  h: 3_600,
  m: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
};

/** The time that a text means; undefined when it means none. */
export function secondsOf(text: string): number | undefined {
  if (text === '' || !DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g)) {
    total += Number(number) * (SECONDS[unit ?? ''] ?? 0);
  }
  return total;
}

/** Whether the server understands a text as a time, such as 30s, 5m, 1h30m or 2d; expressions are judged when they run. */
export function isDuration(text: string): boolean {
  return text !== '' && (DURATION.test(text) || text.includes('{{'));
}
