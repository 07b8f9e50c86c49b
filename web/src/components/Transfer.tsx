import { Alert, Button, Group, Loader, Menu, Text } from "@mantine/core";
import { IconArrowForwardUp, IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useReducer, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, Refused } from "../api/client";
import type { CallView, Places, TransferTo } from "../api/types";
import { choices, IDLE, key, transferring } from "../desk/transfer";
import { words } from "../lib/format";

/** Who is free changes while one looks for somebody. */
const LOOK_AGAIN_MS = 2_000;
/** So long after a transfer the talk has ended, or does not end. */
const OVERDUE_MS = 10_000;

/** Sends the caller on to a line or a colleague. What cannot be is not chosen, or the server says why. */
export function useTransfer(call: CallView) {
  const [state, tell] = useReducer(transferring, IDLE);
  const choose = (to: TransferTo) => {
    tell({ type: "chosen" });
    api.transfer(call.call_id, to).then(
      () => {
        tell({ type: "taken" });
        setTimeout(() => tell({ type: "overdue" }), OVERDUE_MS);
      },
      (fault: unknown) => tell({ type: "refused", problem: fault instanceof Refused ? fault.problem : null }),
    );
  };
  return { state, choose, dismiss: () => tell({ type: "dismissed" }) };
}

export type Transferring = ReturnType<typeof useTransfer>;

export function TransferButton({ call, transfer, disabled }: { call: CallView; transfer: Transferring; disabled: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const places = useQuery({
    queryKey: ["places", call.call_id],
    queryFn: () => api.places(call.call_id),
    enabled: open,
    refetchInterval: LOOK_AGAIN_MS,
    gcTime: 0,
  });
  return (
    <Menu opened={open} onChange={setOpen} position="bottom-start" width={300} shadow="md" trapFocus>
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconArrowForwardUp size={18} />}
          rightSection={<IconChevronDown size={14} />}
          disabled={disabled}
          loading={transfer.state.phase !== "idle"}
        >
          {t("transfer.title")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
        {places.data ? <Choice places={places.data} choose={transfer.choose} /> : <Waits failed={places.isError} />}
      </Menu.Dropdown>
    </Menu>
  );
}

function Waits({ failed }: { failed: boolean }) {
  const { t } = useTranslation();
  return (
    <Text fz="sm" c="dimmed" p="sm" role="status">
      {failed ? t("transfer.unknown") : <Loader size="xs" aria-label={t("link.connecting")} />}
    </Text>
  );
}

function Choice({ places, choose }: { places: Places; choose: (to: TransferTo) => void }) {
  const { t } = useTranslation();
  const { queues, agents } = choices(places);
  const line = (to: TransferTo, name: string, told: string, possible: boolean) => (
    <Menu.Item key={key(to)} disabled={!possible} onClick={() => choose(to)}>
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <span className="rs-wrap">{name}</span>
        <Text span fz="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {told}
        </Text>
      </Group>
    </Menu.Item>
  );
  return (
    <>
      <Menu.Label>{t("transfer.agents")}</Menu.Label>
      {agents.map((each) => line({ agent: each.id }, each.name, t(`state.${each.state}`), each.free))}
      {!agents.length && <Nobody />}
      <Menu.Label>{t("queues.title")}</Menu.Label>
      {queues.map((each) => line({ queue: each.name }, words(each.name), t("transfer.free", { count: each.ready }), true))}
    </>
  );
}

function Nobody() {
  const { t } = useTranslation();
  return (
    <Text fz="sm" c="dimmed" px="sm" pb="xs">
      {t("transfer.nobody")}
    </Text>
  );
}

/** Why the caller was not sent on. */
export function TransferProblem({ transfer }: { transfer: Transferring }) {
  const { t } = useTranslation();
  const { problem } = transfer.state;
  if (!problem) return null;
  return (
    <Alert
      color="yellow"
      role="alert"
      title={problem.title || t("transfer.unheard")}
      styles={{ title: { color: "var(--mantine-color-text)" } }}
      withCloseButton
      closeButtonLabel={t("detail.back")}
      onClose={transfer.dismiss}
    >
      {problem.what_to_do}
    </Alert>
  );
}
