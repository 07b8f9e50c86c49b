import { Alert, Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import {
  IconDeviceLandlinePhone, IconMicrophone, IconMicrophoneOff, IconPhone, IconPhoneOff, IconPhoneX, IconPlayerPause, IconPlayerPlay,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Agent, CallView, ClientMessage } from "../api/types";
import { canTransfer } from "../desk/transfer";
import type { Phone } from "../phone/usePhone";
import { TransferButton, TransferProblem, useTransfer } from "./Transfer";

/** A phone rings at most this long after its call is on the screen. */
const RINGS_WITHIN_MS = 3_000;

interface Props {
  call: CallView;
  agent: Agent;
  phone: Phone;
  browserPhone: boolean;
  connected: boolean;
  now_ms: number;
  say: (message: ClientMessage) => boolean;
}

export function RingingControls({ call, agent, phone, browserPhone, now_ms, say }: Props) {
  const { t } = useTranslation();
  const decline = () => {
    // One way only: the other would come too late, and be refused.
    if (phone.call) phone.hangUp();
    else say({ type: "decline", call_id: call.call_id });
  };
  const declineButton = (
    <Button size="lg" color="red" variant="light" leftSection={<IconPhoneX size={22} />} onClick={decline}>
      {t("call.decline")}
    </Button>
  );
  if (!browserPhone || call.kind === "outgoing") {
    return (
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        {call.kind !== "outgoing" && (
          <Alert color="sea" icon={<IconDeviceLandlinePhone />} py="sm" fw={600}>
            {t("call.pick_up", { extension: agent.extension })}
          </Alert>
        )}
        {declineButton}
      </SimpleGrid>
    );
  }
  // It rings in another window of the agent's, which registered later, or at a phone whose page is gone.
  const silent = phone.registration === "ready" && !phone.call && now_ms - Date.parse(call.rang_at ?? "") > RINGS_WITHIN_MS;
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Button
          size="lg"
          color="sea"
          leftSection={<IconPhone size={22} />}
          onClick={phone.accept}
          disabled={phone.call?.phase !== "ringing"}
          loading={phone.registration === "connecting"}
          title={phone.registration === "ready" ? undefined : t("call.connecting_phone")}
          data-autofocus
        >
          {t("call.accept")}
        </Button>
        {declineButton}
      </SimpleGrid>
      {silent && (
        <Text fz="sm" c="dimmed" role="status">
          {t("call.silent")}
        </Text>
      )}
    </Stack>
  );
}

export function TalkControls({ call, phone, connected, say }: Props) {
  const { t } = useTranslation();
  const transfer = useTransfer(call);
  const line = phone.call?.phase === "talking" ? phone.call : null;
  const hangUp = () => {
    if (phone.call) phone.hangUp();
    else say({ type: "hang_up", call_id: call.call_id });
  };
  return (
    <Stack gap="sm">
      <TransferProblem transfer={transfer} />
      <Group gap="sm">
        {line && (
          <>
            <Button
              variant={line.muted ? "filled" : "default"}
              color="orange.8"
              leftSection={line.muted ? <IconMicrophoneOff size={18} /> : <IconMicrophone size={18} />}
              aria-pressed={line.muted}
              onClick={() => phone.mute(!line.muted)}
            >
              {t(line.muted ? "call.unmute" : "call.mute")}
            </Button>
            <Button
              variant={line.held ? "filled" : "default"}
              color="orange.8"
              leftSection={line.held ? <IconPlayerPlay size={18} /> : <IconPlayerPause size={18} />}
              aria-pressed={line.held}
              onClick={() => phone.hold(!line.held)}
            >
              {t(line.held ? "call.resume" : "call.hold")}
            </Button>
          </>
        )}
        {canTransfer(call) && <TransferButton call={call} transfer={transfer} disabled={!connected} />}
        <Button color="red.8" leftSection={<IconPhoneOff size={18} />} onClick={hangUp} ml="auto">
          {t("call.hang_up")}
        </Button>
      </Group>
    </Stack>
  );
}
