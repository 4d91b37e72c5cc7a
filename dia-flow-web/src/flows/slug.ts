/** Characters that stand for themselves once their marks are gone, and those that need help. */
const special: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ł: 'l',
  þ: 'th',
};

/** A name for a title: lower-case letters, digits and dashes; "" when nothing of the title can be kept. */
export function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[ßæœøđłþ]/g, (letter) => special[letter] ?? letter)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '');
}

/** The name, or a fallback with a random ending for titles in scripts that a name cannot hold. */
export function nameFor(title: string, random: () => number = Math.random): string {
  return (
    slug(title) ||
    `flow-${Math.floor(random() * 36 ** 5)
      .toString(36)
      .padStart(5, '0')}`
  );
}

export const namePattern = /^[a-z0-9][a-z0-9_-]*$/;
