import { notifications } from "@mantine/notifications";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Notice } from "../desk/reducer";

const COLORS = { answered_elsewhere: "blue", caller_hung_up: "gray", not_answered: "yellow", problem: "red" } as const;

/** Tells each notice once, as a toast. */
export function Notices({ notices }: { notices: Notice[] }) {
  const { t } = useTranslation();
  const told = useRef(0);
  useEffect(() => {
    for (const notice of notices) {
      if (notice.id <= told.current) continue;
      told.current = notice.id;
      notifications.show({ ...words(notice, t), autoClose: 8000, withBorder: true });
    }
  }, [notices, t]);
  return null;
}

function words(notice: Notice, t: ReturnType<typeof useTranslation>["t"]) {
  if (notice.kind === "problem") {
    return { color: COLORS.problem, title: t("problem.title"), message: `${notice.detail} ${notice.what_to_do}`.trim() };
  }
  const color = notice.kind in COLORS ? COLORS[notice.kind as keyof typeof COLORS] : "gray";
  if (notice.kind === "answered_elsewhere") {
    const title = notice.who ? t("gone.answered_elsewhere", { who: notice.who }) : t("gone.answered_elsewhere_nobody");
    return { color, title, message: notice.detail };
  }
  return { color, message: t(`gone.${notice.kind}`, { who: notice.who }) };
}
