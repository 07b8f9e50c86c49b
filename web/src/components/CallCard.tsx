import { Alert, Avatar, Badge, Group, Stack, Text, Title } from "@mantine/core";
import { IconMicrophoneOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Agent, CallView, ClientMessage } from "../api/types";
import { clock, initials, words } from "../lib/format";
import type { Phone } from "../phone/usePhone";
import { RingingControls, TalkControls } from "./CallControls";
import { NoteField } from "./NoteField";
import { useName } from "./useName";

interface Props {
  call: CallView;
  agent: Agent;
  phone: Phone;
  browserPhone: boolean;
  connected: boolean;
  now_ms: number;
  say: (message: ClientMessage) => boolean;
}

/** The call that needs the agent now: who, which line and why, and what can be done. */
export function CallCard(props: Props) {
  const { t } = useTranslation();
  const { call, now_ms, phone } = props;
  const ringing = call.phase === "ringing";
  const name = useName()(call);
  return (
    <section className={`rs-card ${ringing ? "rs-ringing" : ""}`} style={{ overflow: "hidden" }} aria-label={t(`call.${heading(call)}`)}>
      <Group className="rs-band" data-phase={call.phase} justify="space-between">
        <Text fw={650}>{t(`call.${heading(call)}`)}</Text>
        <Text fw={650} className="rs-number" role="timer" aria-live="off">
          {timer(call, now_ms)}
        </Text>
      </Group>
      <Stack p={24} gap="lg">
        <Group wrap="nowrap" gap="lg">
          <Avatar size={68} radius="50%" color="sea" variant="light" className={ringing ? "rs-pulse" : ""} style={{ overflow: "visible" }}>
            {initials(name) || "?"}
          </Avatar>
          <div>
            <Title order={2} fz={26} lh={1.2} className="rs-wrap">
              {name}
            </Title>
            {call.match.outcome !== "withheld" && call.caller.shown !== name && (
              <Text fz="lg" c="dimmed" className="rs-number rs-wrap">
                {call.caller.shown}
              </Text>
            )}
          </div>
        </Group>
        <Meta call={call} now_ms={now_ms} />
        {phone.fault && (
          <Alert color="red" icon={<IconMicrophoneOff />}>
            {t(`phone.fault.${phone.fault}`)}
          </Alert>
        )}
        {ringing && <RingingControls {...props} />}
        {call.phase === "talking" && <TalkControls key={call.pop_id} {...props} />}
        {!ringing && <NoteField key={call.call_id} call={call} connected={props.connected} say={props.say} />}
      </Stack>
    </section>
  );
}

function heading(call: CallView): string {
  if (call.phase === "talking") return "talking";
  if (call.phase === "wrap_up") return call.answered_at ? "ended" : "ended_missed";
  return { queue: "incoming", direct: "direct", internal: "internal", outgoing: "outgoing" }[call.kind];
}

function timer(call: CallView, now_ms: number): string {
  const since = (at: string | null, until = now_ms) => clock(at ? (until - Date.parse(at)) / 1000 : 0);
  if (call.phase === "ringing") return since(call.rang_at);
  if (call.phase === "talking") return since(call.answered_at);
  return call.answered_at && call.ended_at ? since(call.answered_at, Date.parse(call.ended_at)) : "";
}

function Meta({ call, now_ms }: { call: CallView; now_ms: number }) {
  const { t } = useTranslation();
  const rings = call.phase === "ringing" && call.rang_at ? (now_ms - Date.parse(call.rang_at)) / 1000 : 0;
  const told: [string, string][] = [];
  if (call.queue) told.push([t("call.queue"), words(call.queue)]);
  if (call.waited_s !== null && call.kind === "queue") told.push([t("call.waited"), clock(call.waited_s + Math.max(0, rings))]);
  if (call.called) told.push([t("call.called"), call.called]);
  return (
    <Stack gap="md">
      <Group gap="xl" component="dl" m={0}>
        {told.map(([label, value]) => (
          <div key={label}>
            <Text className="rs-eyebrow" component="dt">
              {label}
            </Text>
            <Text component="dd" m={0} fw={600} className="rs-number">
              {value}
            </Text>
          </div>
        ))}
      </Group>
      {call.why && (
        <Text fz="sm" c="dimmed">
          {t("call.why")}: {call.why}
        </Text>
      )}
      {call.answers.length > 0 && (
        <div>
          <Text className="rs-eyebrow" mb={6}>
            {t("call.pressed")}
          </Text>
          <Group gap={8}>
            {call.answers.map((answer, place) => (
              <Badge key={`${answer.node} ${place}`} variant="light" color="sea" size="lg" radius="sm" tt="none" fw={500}>
                {answer.label && answer.label !== answer.node ? `${words(answer.node)}: ` : `${words(answer.node)} `}
                <b>{answer.label || answer.value}</b>
              </Badge>
            ))}
          </Group>
        </div>
      )}
    </Stack>
  );
}
