import {
  ActionIcon,
  Button,
  createTheme,
  type MantineColorsTuple,
  Menu,
  Modal,
  Paper,
  PasswordInput,
  Table,
  Tooltip,
} from '@mantine/core';

/** One accent: an indigo that keeps AA contrast with white text from shade 6 on. */
const accent: MantineColorsTuple = [
  '#eef0fd',
  '#dcdff8',
  '#b7bdf0',
  '#8f99e8',
  '#6f7be1',
  '#5c69dd',
  '#4f5bd5',
  '#4450bd',
  '#3b46a8',
  '#313b93',
];

/** Neutral greys for the dark theme, slightly cool, so that surfaces differ without borders everywhere. */
const dark: MantineColorsTuple = [
  '#d5d7de',
  '#b4b8c2',
  '#9499a6',
  '#6b7080',
  '#434855',
  '#353a46',
  '#2a2e38',
  '#1f222a',
  '#181b21',
  '#121419',
];

/** The texts are those of the chosen language. */
export interface ThemeTexts {
  close: string;
  showPassword: string;
}

export const createAppTheme = (texts: ThemeTexts) =>
  createTheme({
    primaryColor: 'indigo',
    black: '#1b1e26',
    primaryShade: { light: 6, dark: 5 },
    colors: { indigo: accent, dark },
    defaultRadius: 'md',
    cursorType: 'pointer',
    respectReducedMotion: true,
    fontFamily:
      "'Inter Variable', system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif",
    fontFamilyMonospace:
      "ui-monospace, 'SF Mono', 'JetBrains Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace",
    headings: { fontWeight: '600' },
    fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
    components: {
      Button: Button.extend({ defaultProps: { size: 'sm' } }),
      ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray' } }),
      Tooltip: Tooltip.extend({ defaultProps: { withArrow: true, openDelay: 350 } }),
      Paper: Paper.extend({ defaultProps: { radius: 'md' } }),
      Menu: Menu.extend({ defaultProps: { shadow: 'md', position: 'bottom-end' } }),
      PasswordInput: PasswordInput.extend({
        defaultProps: { visibilityToggleButtonProps: { 'aria-label': texts.showPassword } },
      }),
      Modal: Modal.extend({
        defaultProps: {
          centered: true,
          overlayProps: { backgroundOpacity: 0.45 },
          closeButtonProps: { 'aria-label': texts.close },
        },
      }),
      Table: Table.extend({ defaultProps: { verticalSpacing: 'sm', horizontalSpacing: 'md' } }),
    },
  });
