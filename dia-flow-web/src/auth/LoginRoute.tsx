import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { LoginPage } from './LoginPage';

/** After the login people are where they wanted to go; only places of this site count. */
export function LoginRoute() {
  const { next } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  const router = useRouter();
  const go = async () => {
    if (next?.startsWith('/') && !next.startsWith('//') && !next.startsWith('/login')) {
      router.history.push(next);
    } else {
      await navigate({ to: '/flows' });
    }
  };
  return <LoginPage onLogin={() => void go()} />;
}
