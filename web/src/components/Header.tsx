import { Badge, Box, Group, SegmentedControl, Text, Tooltip } from "@mantine/core";
import { IconDeviceLandlinePhone, IconHeadset } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { AgentState, Me } from "../api/types";
import { clock } from "../lib/format";
import { useNow } from "../lib/useNow";
import type { Registration } from "../phone/softphone";
import { Logo } from "./Logo";
import { UserMenu } from "./UserMenu";

const COLORS = { ready: "sea", away: "yellow.8", offline: "gray.7" } as const;
export type Choice = keyof typeof COLORS;
const CHOICES = Object.keys(COLORS) as Choice[];

interface Props {
  me: Me;
  state: AgentState | null;
  offset_ms: number;
  registration: Registration;
  connected: boolean;
  choose: (choice: Choice) => void;
  logOut: () => void;
}

export function Header({ me, state, offset_ms, registration, connected, choose, logOut }: Props) {
  return (
    <header className="rs-header">
      <Group px={{ base: 14, sm: 24 }} py={10} maw={1440} mx="auto" justify="space-between" gap="sm">
        <Logo />
        <div className="rs-phone">
          <PhoneBadge me={me} registration={registration} />
        </div>
        <Group gap="md" wrap="nowrap">
          <StateSwitch state={state} offset_ms={offset_ms} connected={connected} choose={choose} />
          <UserMenu me={me} logOut={logOut} />
        </Group>
      </Group>
    </header>
  );
}

function StateSwitch({ state, offset_ms, connected, choose }: Pick<Props, "state" | "offset_ms" | "connected" | "choose">) {
  const { t } = useTranslation();
  const now = useNow(offset_ms);
  if (!state) return null;
  const chosen = state.wanted;
  // In the wrap-up the time that is left matters, otherwise the time that has passed.
  const seconds = state.until ? (Date.parse(state.until) - now) / 1000 : (now - Date.parse(state.since)) / 1000;
  return (
    <Group gap="sm" wrap="nowrap">
      {state.value !== chosen && (
        <Badge size="lg" radius="sm" color={state.value === "ringing" ? "sea" : "blue"} variant="light" tt="none">
          {t(`state.${state.value}`)}
        </Badge>
      )}
      <Tooltip label={state.reason} disabled={!state.reason}>
        <Text fz="sm" c="dimmed" className="rs-number" visibleFrom="xs" aria-hidden>
          {clock(seconds)}
        </Text>
      </Tooltip>
      <SegmentedControl
        aria-label={t("state.label")}
        radius="xl"
        disabled={!connected}
        color={COLORS[chosen]}
        autoContrast
        data={CHOICES.map((value) => ({ value, label: t(`state.${value}`) }))}
        value={chosen}
        onChange={(value) => choose(value as Choice)}
      />
    </Group>
  );
}

const DOTS: Record<Registration, string> = { ready: "sea.6", connecting: "yellow.6", failed: "red.6", off: "gray.5" };

function PhoneBadge({ me, registration }: { me: Me; registration: Registration }) {
  const { t } = useTranslation();
  if (me.phone === "desk") {
    return (
      <Group gap={6} c="dimmed">
        <IconDeviceLandlinePhone size={18} />
        <Text fz="sm">{t("phone.desk", { extension: me.agent?.extension })}</Text>
      </Group>
    );
  }
  return (
    <Group gap={8} wrap="nowrap" role="status">
      <IconHeadset size={18} opacity={0.7} />
      <Box w={8} h={8} bg={DOTS[registration]} style={{ borderRadius: "50%" }} />
      <Text fz="sm" c="dimmed">
        {t(`phone.${registration}`)} · {me.agent?.extension}
      </Text>
    </Group>
  );
}
