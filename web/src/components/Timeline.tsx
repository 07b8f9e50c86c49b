import { Badge, Box, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Contact } from "../api/types";
import { ago, when, words } from "../lib/format";
import { ChannelIcon } from "./ChannelIcon";

/** What passed between us, over all channels, newest first. */
export function Timeline({ contacts, now_ms }: { contacts: Contact[]; now_ms: number }) {
  const { t, i18n } = useTranslation();
  if (!contacts.length) return <Text c="dimmed">{t("timeline.empty")}</Text>;
  return (
    <Box component="ol" m={0} p={0} style={{ listStyle: "none" }}>
      {contacts.map((contact) => (
        <li key={contact.entry_id} className="rs-line">
          <span className="rs-dot">
            <ChannelIcon channel={contact.channel} direction={contact.direction} />
          </span>
          <Group justify="space-between" gap={8} wrap="nowrap" align="baseline">
            <Text fz="xs" c="dimmed">
              {t(`channel.${contact.channel}`, words(contact.channel))} · {t(`timeline.${contact.direction}`, contact.direction)}
            </Text>
            <Text fz="xs" c="dimmed" component="time" dateTime={contact.at} title={when(contact.at, i18n.language)} style={{ whiteSpace: "nowrap" }}>
              {ago(contact.at, now_ms, i18n.language)}
            </Text>
          </Group>
          <Group gap={8} align="baseline">
            <Text fz="sm" lh={1.45} className="rs-wrap">
              {contact.summary}
            </Text>
            {contact.outcome && (
              <Badge size="sm" variant="light" color="gray" tt="none" fw={500}>
                {t(`disposition.${contact.outcome}`, words(contact.outcome))}
              </Badge>
            )}
          </Group>
        </li>
      ))}
    </Box>
  );
}
