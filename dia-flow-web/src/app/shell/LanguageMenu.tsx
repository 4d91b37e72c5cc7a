import { ActionIcon, Menu } from '@mantine/core';
import { IconCheck, IconLanguage } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { isLanguage, type Language, languages, setLanguage } from '@/lib/i18n';

/** Languages are named in themselves, so that everybody finds their own. */
export const languageNames: Record<Language, string> = { en: 'English', zh: '简体中文' };

export function LanguageMenu() {
  const { t, i18n } = useTranslation('common');
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon size="lg" aria-label={t('settings.language')} data-testid="language-menu">
          <IconLanguage size={20} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <LanguageItems current={isLanguage(i18n.language) ? i18n.language : 'en'} />
      </Menu.Dropdown>
    </Menu>
  );
}

export function LanguageItems({ current }: { current: Language }) {
  return languages.map((language) => (
    <Menu.Item
      key={language}
      lang={language === 'zh' ? 'zh-CN' : 'en'}
      onClick={() => void setLanguage(language)}
      rightSection={language === current ? <IconCheck size={16} /> : null}
      data-testid={`language-${language}`}
    >
      {languageNames[language]}
    </Menu.Item>
  ));
}
