import { Alert, Badge, Drawer, Group, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import type { Call, Leg, Step } from "../api/types";
import { clock, money, timeOfDay, when, words } from "../lib/format";

/** One finished call, whole: the caller's way, who took part, the recording. */
export function CallDetail({ callId, close }: { callId: string | null; close: () => void }) {
  const { t } = useTranslation();
  const call = useQuery({ queryKey: ["call", callId], queryFn: () => api.call(callId ?? ""), enabled: callId !== null });
  return (
    <Drawer
      opened={callId !== null}
      onClose={close}
      position="right"
      size="lg"
      title={<Text fw={650}>{t("detail.title")}</Text>}
      closeButtonProps={{ "aria-label": t("detail.back") }}
    >
      {call.isPending && <Loader />}
      {call.error && <Alert color="yellow">{t("recent.failed")}</Alert>}
      {call.data && <Whole call={call.data} />}
    </Drawer>
  );
}

function Whole({ call }: { call: Call }) {
  const { t, i18n } = useTranslation();
  return (
    <Stack gap="lg">
      <div>
        <Text fz={22} fw={650} className="rs-number rs-wrap">
          {call.caller} → {call.called}
        </Text>
        <Group gap={8} mt={4}>
          <Badge variant="light" tt="none">
            {t(`disposition.${call.disposition}`)}
          </Badge>
          <Text fz="sm" c="dimmed">
            {when(call.started_at, i18n.language)}
          </Text>
        </Group>
      </div>
      <Group gap="xl">
        <Fact label={t("detail.waited")} value={clock(call.wait_s)} />
        <Fact label={t("detail.talked")} value={clock(call.talk_s)} />
        {call.queue && <Fact label={t("call.queue")} value={words(call.queue)} />}
        {call.hung_up_by && <Fact label={t("detail.hung_up_by")} value={t(`party.${call.hung_up_by}`)} />}
        {call.cost && (
          <Fact label={`${t("detail.cost")}, ${t(`detail.cost_source.${call.cost.source}`)}`} value={money(call.cost, i18n.language)} />
        )}
        {call.cost?.beside && (
          <Fact label={`${t("detail.cost")}, ${t("detail.cost_source.tariff")}`} value={money(call.cost.beside, i18n.language)} />
        )}
      </Group>
      {call.note && (
        <Text className="rs-note rs-wrap" fz="sm">
          {call.note}
        </Text>
      )}
      {call.recordings.map((number) => (
        <div key={number}>
          <Text className="rs-eyebrow" mb={6}>
            {t("detail.recording")}
          </Text>
          <audio controls preload="metadata" src={api.recording(call.call_id, number)} />
        </div>
      ))}
      <Part title={t("detail.path")}>
        {call.path.map((step) => (
          <StepLine key={step.seq} step={step} />
        ))}
      </Part>
      <Part title={t("detail.legs")}>
        {call.legs.map((leg) => (
          <LegLine key={leg.leg_id} leg={leg} />
        ))}
      </Part>
    </Stack>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode[] }) {
  if (!children.length) return null;
  return (
    <section>
      <Text className="rs-eyebrow" component="h3" m={0} mb={8}>
        {title}
      </Text>
      <Stack gap={6}>{children}</Stack>
    </section>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <Text className="rs-eyebrow">{label}</Text>
      <Text fw={600} className="rs-number">
        {value}
      </Text>
    </div>
  );
}

function StepLine({ step }: { step: Step }) {
  const { t, i18n } = useTranslation();
  return (
    <Group gap="sm" wrap="nowrap" align="baseline">
      <Text fz="xs" c="dimmed" className="rs-number" w={86} style={{ flexShrink: 0, whiteSpace: "nowrap" }}>
        {timeOfDay(step.at, i18n.language)}
      </Text>
      <Text fz="sm" className="rs-wrap">
        <b>{words(step.node)}</b> {t(`step.${step.event}`, { value: step.value, defaultValue: words(step.event) })}
        {step.label && ` (${words(step.label)})`}
      </Text>
    </Group>
  );
}

function LegLine({ leg }: { leg: Leg }) {
  const { t, i18n } = useTranslation();
  return (
    <Group gap="sm" wrap="nowrap" align="baseline">
      <Text fz="xs" c="dimmed" className="rs-number" w={86} style={{ flexShrink: 0, whiteSpace: "nowrap" }}>
        {timeOfDay(leg.started_at, i18n.language)}
      </Text>
      <Text fz="sm" className="rs-wrap" style={{ flex: 1 }}>
        <b>{leg.name || leg.number || leg.channel}</b> {leg.name && leg.number}
      </Text>
      <Text fz="sm" className="rs-number">
        {leg.answered_at ? clock(leg.talk_s) : t("detail.never")}
      </Text>
    </Group>
  );
}
