import { Alert, Button, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, Refused } from "../api/client";
import type { Me } from "../api/types";
import { LanguageSwitch } from "../components/LanguageSwitch";
import { Logo } from "../components/Logo";

export function LoginPage({ welcome }: { welcome: (me: Me) => void }) {
  const { t } = useTranslation();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const logIn = useMutation({ mutationFn: () => api.logIn(login, password), onSuccess: welcome });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    logIn.mutate();
  };

  return (
    <main className="rs-login">
      <Stack gap="lg" w="100%" maw={400}>
        <form className="rs-card" onSubmit={submit}>
          <Stack p={36} gap="md">
            <Logo size={36} />
            <div>
              <Title order={2} fz={22}>
                {t("login.title")}
              </Title>
              <Text c="dimmed" fz="sm" mt={4}>
                {t("login.lead")}
              </Text>
            </div>
            {logIn.error && (
              <Alert color="red" icon={<IconAlertCircle />} title={t("login.failed")} role="alert">
                {reason(logIn.error, t)}
              </Alert>
            )}
            <TextInput
              label={t("login.login")}
              value={login}
              onChange={(event) => setLogin(event.currentTarget.value)}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              size="md"
              maxLength={128}
              required
              withAsterisk={false}
              autoFocus
            />
            <PasswordInput
              label={t("login.password")}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              autoComplete="current-password"
              size="md"
              maxLength={1024}
              required
              withAsterisk={false}
            />
            <Button type="submit" size="md" mt={4} loading={logIn.isPending} fullWidth>
              {t("login.submit")}
            </Button>
          </Stack>
        </form>
        <LanguageSwitch />
      </Stack>
    </main>
  );
}

function reason(fault: Error, t: TFunction): string {
  if (!(fault instanceof Refused)) return t("login.unreachable");
  if (fault.status === 401) return t("login.wrong");
  if (fault.status === 429) return t("login.too_many");
  return fault.problem?.what_to_do ?? t("login.unreachable");
}
