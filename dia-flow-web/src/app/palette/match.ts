/** Every word of the query begins a word of the text, or stands somewhere in it when it is not made of Latin letters. */
export function matches(text: string, query: string): boolean {
  const haystack = text.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) =>
      /^[\x20-\x7e]+$/.test(word)
        ? haystack.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word))
        : haystack.includes(word),
    );
}
