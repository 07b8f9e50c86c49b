import { Anchor, Avatar, Badge, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { CustomerRecord } from "../api/types";
import { initials, when, words } from "../lib/format";
import { ChannelIcon } from "./ChannelIcon";
import { Timeline } from "./Timeline";

/** A customer as the agent needs them: who, what to mind, what is known, what passed between us. */
export function Record({ record, why, now_ms }: { record: CustomerRecord; why: string; now_ms: number }) {
  const { t, i18n } = useTranslation();
  const { customer } = record;
  return (
    <Stack gap="lg">
      <Group gap="md" wrap="nowrap" align="flex-start">
        <Avatar size={48} radius="xl" color="sea" variant="light">
          {initials(customer.name)}
        </Avatar>
        <div>
          <Title order={3} className="rs-wrap" lh={1.25}>
            {customer.name}
          </Title>
          <Group gap={8} mt={4}>
            {customer.language && <LanguageBadge language={customer.language} />}
            {customer.personal_agent && (
              <Badge variant="light" color="blue" tt="none" fw={550}>
                {t("record.personal", { name: customer.personal_agent })}
              </Badge>
            )}
            {why && (
              <Text fz="xs" c="dimmed" title={t("record.why")}>
                {why}
              </Text>
            )}
          </Group>
        </div>
      </Group>
      {customer.note && (
        <Text className="rs-note rs-wrap" fz="sm">
          {customer.note}
        </Text>
      )}
      <Facts facts={customer.facts} />
      <Identities identities={customer.identities} />
      <section>
        <Group justify="space-between" mb="sm">
          <Text className="rs-eyebrow" component="h4" m={0}>
            {t("timeline.title")}
          </Text>
          <Text fz="xs" c="dimmed">
            {t("record.as_of", { time: when(record.as_of, i18n.language) })}
          </Text>
        </Group>
        <Timeline contacts={record.recent} now_ms={now_ms} />
      </section>
    </Stack>
  );
}

function LanguageBadge({ language }: { language: string }) {
  const { t, i18n } = useTranslation();
  let name = language;
  try {
    name = new Intl.DisplayNames(i18n.language, { type: "language" }).of(language) ?? language;
  } catch {
    // not a language tag; shown as it is
  }
  return (
    <Badge variant="light" color="violet" tt="none" fw={550}>
      {t("record.language", { language: name })}
    </Badge>
  );
}

function Facts({ facts }: { facts: CustomerRecord["customer"]["facts"] }) {
  const { t, i18n } = useTranslation();
  const entries = Object.entries(facts);
  if (!entries.length) return null;
  const shown = (value: string | number | boolean) => {
    if (typeof value === "boolean") return value ? t("record.yes") : t("record.no");
    return typeof value === "number" ? value.toLocaleString(i18n.language) : value;
  };
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 4 }} spacing="xs" component="dl" m={0}>
      {entries.map(([key, value]) => (
        <div key={key} className="rs-soft" style={{ padding: "8px 14px" }}>
          <Text fz="xs" c="dimmed" component="dt">
            {words(key)}
          </Text>
          <Text fw={600} component="dd" m={0} className="rs-wrap">
            {shown(value)}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}

function Identities({ identities }: { identities: CustomerRecord["customer"]["identities"] }) {
  if (!identities.length) return null;
  return (
    <Group gap="lg" style={{ rowGap: 6 }}>
      {identities.map(({ channel, value }) => (
        <Group key={`${channel} ${value}`} gap={7} wrap="nowrap">
          <ChannelIcon channel={channel} size={22} />
          {channel === "email" ? (
            <Anchor href={`mailto:${value}`} fz="sm" className="rs-wrap">
              {value}
            </Anchor>
          ) : (
            <Text fz="sm" className="rs-number rs-wrap">
              {value}
            </Text>
          )}
        </Group>
      ))}
    </Group>
  );
}
