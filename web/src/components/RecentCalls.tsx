import { Alert, Button, Center, Group, Loader, Text, UnstyledButton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import type { Call } from "../api/types";
import { ago, clock, when } from "../lib/format";
import { CallDetail } from "./CallDetail";
import { ChannelIcon } from "./ChannelIcon";

/** The agent's own calls, newest first. */
export function RecentCalls({ now_ms }: { now_ms: number }) {
  const { t } = useTranslation();
  const [opened, open] = useState<string | null>(null);
  const calls = useInfiniteQuery({
    queryKey: ["calls"],
    queryFn: ({ pageParam }) => api.calls(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: 30_000,
  });
  const all = calls.data?.pages.flatMap((page) => page.calls) ?? [];
  return (
    <section className="rs-card" aria-label={t("recent.title")} style={{ overflow: "hidden" }}>
      <Text className="rs-eyebrow" component="h2" m={0} px={20} py={16}>
        {t("recent.title")}
      </Text>
      {calls.isPending && (
        <Center p="lg">
          <Loader size="sm" />
        </Center>
      )}
      {calls.error && (
        <Alert color="yellow" m="md" mt={0}>
          <Group justify="space-between">
            {t("recent.failed")}
            <Button size="xs" variant="default" onClick={() => void calls.refetch()}>
              {t("recent.again")}
            </Button>
          </Group>
        </Alert>
      )}
      {calls.data && !all.length && (
        <Text c="dimmed" px={20} pb={24}>
          {t("recent.empty")}
        </Text>
      )}
      {all.map((call) => (
        <Row key={call.call_id} call={call} now_ms={now_ms} open={() => open(call.call_id)} />
      ))}
      {calls.hasNextPage && (
        <Center className="rs-row">
          <Button variant="subtle" size="sm" loading={calls.isFetchingNextPage} onClick={() => void calls.fetchNextPage()}>
            {t("recent.more")}
          </Button>
        </Center>
      )}
      <CallDetail callId={opened} close={() => open(null)} />
    </section>
  );
}

function Row({ call, now_ms, open }: { call: Call; now_ms: number; open: () => void }) {
  const { t, i18n } = useTranslation();
  const other = call.direction === "outbound" ? call.called : call.caller;
  return (
    <UnstyledButton className="rs-row" onClick={open}>
      <Group wrap="nowrap" gap="md">
        <ChannelIcon channel="phone" direction={call.direction} size={36} />
        <div style={{ flex: 1, minWidth: 0 }}>
          <Text fw={600} className="rs-number rs-wrap">
            {call.customer_name || other}
          </Text>
          <Text fz="sm" c="dimmed" truncate>
            {[call.customer_name && other, t(`disposition.${call.disposition}`), call.note || call.summary].filter(Boolean).join(" · ")}
          </Text>
        </div>
        <div style={{ textAlign: "right" }}>
          <Text fz="sm" className="rs-number">
            {call.talk_s ? clock(call.talk_s) : "–"}
          </Text>
          <Text fz="xs" c="dimmed" title={when(call.started_at, i18n.language)}>
            {ago(call.started_at, now_ms, i18n.language)}
          </Text>
        </div>
      </Group>
    </UnstyledButton>
  );
}
