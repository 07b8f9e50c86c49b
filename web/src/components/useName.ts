import { useTranslation } from "react-i18next";
import type { CallView } from "../api/types";
import { nameOf } from "../desk/reducer";

/** Gives a caller's name in the reader's words: a withheld number has a name of its own. */
export function useName(): (call: CallView) => string {
  const { t } = useTranslation();
  return (call) => (call.match.outcome === "withheld" && !call.caller.name ? t("record.withheld") : nameOf(call));
}
