import { Group, SimpleGrid, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { QueueView } from "../api/types";
import { clock, words } from "../lib/format";

/** Who waits in the agent's lines. */
export function Queues({ queues }: { queues: QueueView[] }) {
  const { t } = useTranslation();
  if (!queues.length) return null;
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 4 }} component="section" aria-label={t("queues.title")}>
      {queues.map((queue) => (
        <div key={queue.name} className="rs-card" style={{ padding: "14px 18px" }}>
          <Text className="rs-eyebrow" truncate>
            {words(queue.name)}
          </Text>
          <Group gap={8} align="baseline" mt={2}>
            <Text fz={28} fw={680} lh={1.2} className="rs-number">
              {queue.waiting}
            </Text>
            <Text fz="sm" c="dimmed">
              {queue.waiting
                ? `${t("queues.waiting", { count: queue.waiting }).replace(/^\d+\s*/, "")} · ${t("queues.longest", { time: clock(queue.longest_wait_s) })}`
                : t("queues.nobody")}
            </Text>
          </Group>
        </div>
      ))}
    </SimpleGrid>
  );
}
