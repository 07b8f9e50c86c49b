import { Avatar, Group, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Candidate } from "../api/types";
import { initials } from "../lib/format";

/** Several customers have the caller's number: the agent says who it is. */
export function Candidates({ candidates, choose }: { candidates: Candidate[]; choose: (customerId: string) => void }) {
  const { t } = useTranslation();
  return (
    <Stack gap="md">
      <div>
        <Title order={3}>{t("record.several")}</Title>
        <Text c="dimmed" fz="sm">
          {t("record.several_hint")}
        </Text>
      </div>
      {candidates.map((candidate) => (
        <UnstyledButton key={candidate.customer_id} className="rs-soft" p="md" onClick={() => choose(candidate.customer_id)}>
          <Group wrap="nowrap">
            <Avatar radius="xl" color="initials" name={candidate.name}>
              {initials(candidate.name)}
            </Avatar>
            <div style={{ flex: 1 }}>
              <Text fw={600}>{candidate.name}</Text>
              <Text fz="sm" c="dimmed">
                {candidate.reason}
              </Text>
            </div>
            <IconChevronRight size={18} opacity={0.5} />
          </Group>
        </UnstyledButton>
      ))}
    </Stack>
  );
}
