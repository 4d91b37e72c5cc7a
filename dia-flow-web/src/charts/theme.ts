/** The colours of the theme that a chart needs; a canvas knows no CSS variables. */
export interface ChartTheme {
  text: string;
  muted: string;
  line: string;
  surface: string;
  font: string;
  palette: string[];
}

const font = "'Inter Variable', system-ui, sans-serif";

const LIGHT: ChartTheme = {
  text: '#1f2430',
  muted: '#5c6370',
  line: '#e1e4ea',
  surface: '#ffffff',
  font,
  palette: ['#4f5bd5', '#0f9f8f', '#e0872b', '#c2417c', '#3b8ad9', '#8a6bd1', '#6f9a3e', '#b0563a'],
};

const DARK: ChartTheme = {
  text: '#e2e4ea',
  muted: '#a3a9b6',
  line: '#353a46',
  surface: '#181b21',
  font,
  palette: ['#8791ee', '#3fc4b2', '#f0a95a', '#e77bab', '#71b4f0', '#b399ec', '#a3cc73', '#dd8a6e'],
};

export function chartTheme(scheme: 'light' | 'dark'): ChartTheme {
  return scheme === 'dark' ? DARK : LIGHT;
}
