/** The end of an identifier, which is what differs between runs of the same minute. */
export function shortId(id: string): string {
  return id.length > 10 ? id.slice(-8) : id;
}
