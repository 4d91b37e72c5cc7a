/** The mark of the product: two sources joined into one. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" style={{ flex: 'none' }}>
      <rect width="32" height="32" rx="8" fill="#4f5bd5" />
      <g fill="none" stroke="#fff" strokeWidth="2.4" strokeLinecap="round">
        <path d="M11 10h3c4 0 3 12 7 12M11 22h3c1.6 0 2.4-1.9 3-4" />
      </g>
      <g fill="#fff">
        <circle cx="9" cy="10" r="2.6" />
        <circle cx="9" cy="22" r="2.6" />
        <circle cx="23" cy="22" r="2.6" />
      </g>
    </svg>
  );
}
