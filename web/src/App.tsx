import { Button, Center, Loader, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, Refused } from "./api/client";
import { DeskPage } from "./pages/DeskPage";
import { LoginPage } from "./pages/LoginPage";

export function App() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const me = useQuery({ queryKey: ["me"], queryFn: api.me, staleTime: Infinity });
  const loggedOut = () => {
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "me" });
    void queries.resetQueries({ queryKey: ["me"] });
  };

  if (me.error instanceof Refused && me.error.status === 401) {
    return <LoginPage welcome={(user) => queries.setQueryData(["me"], user)} />;
  }
  if (me.error) {
    return (
      <Message title={t("problem.server")} text={t("login.unreachable")}>
        <Button onClick={() => void me.refetch()}>{t("problem.retry")}</Button>
      </Message>
    );
  }
  if (!me.data) {
    return (
      <Center h="100dvh">
        <Loader />
      </Center>
    );
  }
  if (!me.data.agent) {
    return (
      <Message title={t("no_agent.title")} text={t("no_agent.text")}>
        <Button variant="default" onClick={() => void api.logOut().finally(loggedOut)}>
          {t("menu.log_out")}
        </Button>
      </Message>
    );
  }
  return <DeskPage me={me.data} agent={me.data.agent} loggedOut={loggedOut} />;
}

function Message({ title, text, children }: { title: string; text: string; children: React.ReactNode }) {
  return (
    <main className="rs-login">
      <Stack className="rs-card" p={36} maw={440} align="flex-start">
        <Title order={2}>{title}</Title>
        <Text c="dimmed">{text}</Text>
        {children}
      </Stack>
    </main>
  );
}
