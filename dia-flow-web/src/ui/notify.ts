import { notifications } from '@mantine/notifications';
import i18next from 'i18next';
import { toApiError } from '@/api';

/** The button that closes a notice has no text of its own. */
const closing = () => ({ closeButtonProps: { 'aria-label': i18next.t('action.close') } });

export function notifySuccess(message: string): void {
  notifications.show({ ...closing(), message, color: 'green', autoClose: 4000 });
}

/** For refusals of an action that has no place of its own to show them. */
export function notifyError(error: unknown, title?: string): void {
  const problem = toApiError(error);
  const message = problem.unreachable ? i18next.t('error.unreachable') : problem.message;
  notifications.show({
    ...closing(),
    title: title ?? i18next.t('error.title'),
    message: problem.hint ? `${message} ${problem.hint}` : message,
    color: 'red',
    autoClose: 10_000,
  });
}
