import { Button, Group, Text, Textarea } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CallView, ClientMessage } from "../api/types";

const PAUSE_MS = 800;
const MOST = 10_000;

interface Props {
  call: CallView;
  connected: boolean;
  say: (message: ClientMessage) => boolean;
}

/** The agent's note: saved while it is written, kept in the browser until the server has it, whole each time. */
export function NoteField({ call, connected, say }: Props) {
  const { t } = useTranslation();
  const draft = `ringside.note.${call.call_id}`;
  const [note, setNote] = useState(() => localStorage.getItem(draft) ?? call.note);
  const [saved, setSaved] = useState(call.note);
  const { call_id } = call;

  useEffect(() => {
    if (note === saved || !connected) return;
    const timer = setTimeout(() => {
      if (say({ type: "wrap_up", call_id, note, done: false })) setSaved(note);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [note, saved, connected, call_id, say]);

  const write = (text: string) => {
    setNote(text);
    localStorage.setItem(draft, text);
  };
  const done = () => {
    if (say({ type: "wrap_up", call_id, note, done: true })) localStorage.removeItem(draft);
  };
  const status = !note ? "" : note === saved ? t("note.saved") : connected ? t("note.saving") : t("note.unsaved");

  return (
    <div>
      <Textarea
        label={t("note.title")}
        placeholder={t("note.placeholder")}
        value={note}
        onChange={(event) => write(event.currentTarget.value)}
        autosize
        minRows={4}
        maxRows={14}
        maxLength={MOST}
        autoFocus={call.phase === "wrap_up"}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && call.phase === "wrap_up") done();
        }}
      />
      <Group justify="space-between" mt={8} mih={36}>
        <Text fz="sm" c="dimmed" role="status">
          {status}
        </Text>
        {call.phase === "wrap_up" && (
          <Button leftSection={<IconCheck size={18} />} onClick={done} disabled={!connected} title={t("note.done_hint")}>
            {t("note.done")}
          </Button>
        )}
      </Group>
    </div>
  );
}
