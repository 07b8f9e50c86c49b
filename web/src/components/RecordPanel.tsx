import { Alert, Anchor, Skeleton, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconAlertTriangle, IconClockHour4, IconUserQuestion } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import type { CallView } from "../api/types";
import { Candidates } from "./Candidates";
import { Record } from "./Record";

/** Who calls, as far as it is known: one customer, a choice of several, or nobody we know. */
export function RecordPanel({ call, now_ms }: { call: CallView; now_ms: number }) {
  const { t } = useTranslation();
  return (
    <section className="rs-card" style={{ padding: 24 }} aria-label={t("record.title")}>
      <Inside call={call} now_ms={now_ms} />
    </section>
  );
}

function Inside({ call, now_ms }: { call: CallView; now_ms: number }) {
  const { t } = useTranslation();
  const { outcome, candidates } = call.match;
  const known = call.record;
  if (known) {
    const why = candidates.find((each) => each.customer_id === known.customer.id)?.reason ?? "";
    return <Record record={known} why={why} now_ms={now_ms} />;
  }
  if (outcome === "several") return <Several call={call} now_ms={now_ms} />;
  if (call.record_state === "loading") return <Loading />;
  if (call.record_state === "late") {
    return (
      <Stack>
        <Alert color="yellow" icon={<IconClockHour4 />}>
          {t("record.late")}
        </Alert>
        <Loading />
      </Stack>
    );
  }
  if (call.record_state === "unavailable") {
    return (
      <Alert color="red" icon={<IconAlertTriangle />}>
        {t("record.unavailable")}
      </Alert>
    );
  }
  const kind = outcome === "withheld" ? "withheld" : "none";
  return (
    <Stack align="center" gap="xs" py={40} ta="center">
      <ThemeIcon size={56} radius="xl" variant="light" color="gray">
        <IconUserQuestion size={30} />
      </ThemeIcon>
      <Title order={3}>{t(`record.${kind}`)}</Title>
      <Text c="dimmed" maw={360}>
        {t(`record.${kind}_hint`)}
      </Text>
    </Stack>
  );
}

function Several({ call, now_ms }: { call: CallView; now_ms: number }) {
  const { t } = useTranslation();
  const [chosen, choose] = useState<string | null>(null);
  const record = useQuery({
    queryKey: ["customer", chosen],
    queryFn: () => api.customer(chosen ?? ""),
    enabled: chosen !== null,
    staleTime: 60_000,
  });
  if (chosen === null) return <Candidates candidates={call.match.candidates} choose={choose} />;
  const why = call.match.candidates.find((each) => each.customer_id === chosen)?.reason ?? "";
  return (
    <Stack>
      <Anchor component="button" type="button" fz="sm" ta="left" onClick={() => choose(null)}>
        ← {t("record.other_candidates")}
      </Anchor>
      {record.data && <Record record={record.data} why={why} now_ms={now_ms} />}
      {record.isPending && <Loading />}
      {record.error && (
        <Alert color="red" icon={<IconAlertTriangle />}>
          {t("record.unavailable")}
        </Alert>
      )}
    </Stack>
  );
}

function Loading() {
  return (
    <Stack aria-busy>
      <Skeleton h={44} w="60%" />
      <Skeleton h={56} />
      <Skeleton h={20} />
      <Skeleton h={20} w="80%" />
      <Skeleton h={20} w="70%" />
    </Stack>
  );
}
