import { Alert, Box, Button, Group, Stack, Text, VisuallyHidden } from "@mantine/core";
import { IconPhone, IconPlugConnectedX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import type { Agent, CallView, Me } from "../api/types";
import { CallCard } from "../components/CallCard";
import { Header } from "../components/Header";
import { Notices } from "../components/Notices";
import { Queues } from "../components/Queues";
import { RecentCalls } from "../components/RecentCalls";
import { RecordPanel } from "../components/RecordPanel";
import { useName } from "../components/useName";
import { byUrgency } from "../desk/reducer";
import { useDesk } from "../desk/useDesk";
import { useDesktopNotice, useRingtone, useTitle } from "../lib/attention";
import { words } from "../lib/format";
import { useNow } from "../lib/useNow";
import { usePhone, useResumedRing, type Phone } from "../phone/usePhone";

export function DeskPage({ me, agent, loggedOut }: { me: Me; agent: Agent; loggedOut: () => void }) {
  const { t } = useTranslation();
  const { desk, link, say } = useDesk(loggedOut);
  const browserPhone = me.phone === "browser";
  const phone = usePhone(browserPhone && desk.state !== null && desk.state.value !== "offline");
  const now_ms = useNow(desk.offset_ms);
  const calls = byUrgency(desk.calls);
  const [picked, pick] = useState<string | null>(null);
  const ringing = calls.find((call) => call.phase === "ringing");
  // A call that starts to ring comes to the front, whatever the agent looked at.
  const shown = ringing ?? calls.find((call) => call.call_id === picked) ?? calls[0];
  const rang_ms = ringing?.rang_at && ringing.kind !== "outgoing" ? Date.parse(ringing.rang_at) - desk.offset_ms : null;
  useResumedRing(phone, rang_ms);
  const nameOf = useName();
  const alert = ringing ? t("call.alert", { name: nameOf(ringing) }) : null;
  useTitle(alert);
  useRingtone(Boolean(ringing && browserPhone && ringing.kind !== "outgoing"));
  useDesktopNotice(ringing?.pop_id ?? null, alert ?? "", ringing?.queue ? words(ringing.queue) : "");
  useFreshCalls(desk.calls.length);
  useStay(phone.call?.phase === "talking");
  const connected = link === "up";

  return (
    <>
      <Header
        me={me}
        state={desk.state}
        offset_ms={desk.offset_ms}
        registration={phone.registration}
        connected={connected}
        choose={(value) => say({ type: "state", value })}
        logOut={() => void api.logOut().finally(loggedOut)}
      />
      <VisuallyHidden role="alert">{alert}</VisuallyHidden>
      <Notices notices={desk.notices} />
      <Box component="main" maw={1440} mx="auto" px={{ base: 14, sm: 24 }} py={24}>
        <Stack gap={20}>
          {desk.n !== null && !connected && (
            <Alert color="red" variant="filled" icon={<IconPlugConnectedX />} role="alert">
              {t("link.down")}
            </Alert>
          )}
          {!desk.calls.length && phone.call && <UnknownCall phone={phone} />}
          {calls.length > 1 && shown && <CallTabs calls={calls} shown={shown} pick={pick} />}
          {shown ? (
            <div className="rs-desk">
              <CallCard {...{ call: shown, agent, phone, browserPhone, connected, now_ms, say }} />
              <RecordPanel key={shown.call_id} call={shown} now_ms={now_ms} />
            </div>
          ) : (
            desk.n !== null && <Idle state={desk.state?.value ?? "offline"} />
          )}
          <Queues queues={desk.queues.filter(({ name }) => agent.queues.includes(name))} />
          {!shown && desk.n !== null && <RecentCalls now_ms={now_ms} />}
        </Stack>
      </Box>
    </>
  );
}

/** A talk lives in this page: leaving it would hang up, so the browser asks first. */
function useStay(talking: boolean) {
  useEffect(() => {
    if (!talking) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [talking]);
}

/** The list of finished calls is read anew when a call leaves the desk. */
function useFreshCalls(open: number) {
  const queries = useQueryClient();
  useEffect(() => {
    if (open === 0) void queries.invalidateQueries({ queryKey: ["calls"] });
  }, [open, queries]);
}

function Idle({ state }: { state: string }) {
  const { t } = useTranslation();
  const known = ["ready", "away", "offline"].includes(state) ? state : "other";
  return (
    <Text fz="lg" fw={550} py={4}>
      {t(`idle.${known}`)}
    </Text>
  );
}

function CallTabs({ calls, shown, pick }: { calls: CallView[]; shown: CallView; pick: (callId: string) => void }) {
  const { t } = useTranslation();
  const nameOf = useName();
  return (
    <Group gap={8} role="group" aria-label={t("call.others")}>
      {calls.map((call) => (
        <Button
          key={call.call_id}
          size="xs"
          radius="xl"
          variant={call === shown ? "filled" : "default"}
          aria-pressed={call === shown}
          onClick={() => pick(call.call_id)}
        >
          {nameOf(call)} · {t(`state.${call.phase === "talking" ? "on_call" : call.phase}`)}
        </Button>
      ))}
    </Group>
  );
}

/** The phone rings and the server has not said why (it may be away): the caller must be answered all the same. */
function UnknownCall({ phone }: { phone: Phone }) {
  const { t } = useTranslation();
  if (!phone.call) return null;
  return (
    <Alert color="sea" icon={<IconPhone />} title={phone.call.number || t("call.incoming")}>
      <Stack gap="sm" align="flex-start">
        {t("call.unknown")}
        <Group>
          {phone.call.phase === "ringing" && <Button onClick={phone.accept}>{t("call.accept")}</Button>}
          <Button color="red.8" onClick={phone.hangUp}>
            {t(phone.call.phase === "ringing" ? "call.decline" : "call.hang_up")}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

