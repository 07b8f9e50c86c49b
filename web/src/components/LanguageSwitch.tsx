import { SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { changeLanguage, LANGUAGES } from "../i18n";

export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  const data = Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }));
  return (
    <SegmentedControl aria-label={t("menu.language")} size="xs" fullWidth data={data} value={i18n.language} onChange={changeLanguage} />
  );
}
