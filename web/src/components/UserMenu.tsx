import { Avatar, Menu, SegmentedControl, Stack, Switch, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Me } from "../api/types";
import { RINGTONE_KEY, ringtoneOn } from "../lib/attention";
import { initials } from "../lib/format";
import { LanguageSwitch } from "./LanguageSwitch";

export function UserMenu({ me, logOut }: { me: Me; logOut: () => void }) {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [ringtone, setRingtone] = useState(ringtoneOn);
  const schemes = (["light", "dark", "auto"] as const).map((value) => ({ value, label: t(`menu.${value}`) }));
  return (
    <Menu position="bottom-end" width={290} shadow="md" closeOnItemClick={false}>
      <Menu.Target>
        <UnstyledButton aria-label={`${t("menu.open")}: ${me.name}`} style={{ borderRadius: "50%" }}>
          <Avatar color="sea" variant="light" radius="xl">
            {initials(me.name)}
          </Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Stack gap="sm" p="sm">
          <div>
            <Text fw={600}>{me.name}</Text>
            <Text fz="xs" c="dimmed">
              {me.login}
            </Text>
          </div>
          <div>
            <Text fz="xs" c="dimmed" mb={4}>
              {t("menu.language")}
            </Text>
            <LanguageSwitch />
          </div>
          <div>
            <Text fz="xs" c="dimmed" mb={4}>
              {t("menu.scheme")}
            </Text>
            <SegmentedControl
              aria-label={t("menu.scheme")}
              size="xs"
              fullWidth
              data={schemes}
              value={colorScheme}
              onChange={(value) => setColorScheme(value as typeof colorScheme)}
            />
          </div>
          <Switch
            size="sm"
            label={t("menu.ringtone")}
            checked={ringtone}
            onChange={(event) => {
              localStorage.setItem(RINGTONE_KEY, event.currentTarget.checked ? "on" : "off");
              setRingtone(event.currentTarget.checked);
            }}
          />
          <NotifySwitch />
        </Stack>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={logOut}>
          {t("menu.log_out")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function NotifySwitch() {
  const { t } = useTranslation();
  const known = "Notification" in window;
  const [granted, setGranted] = useState(known && Notification.permission === "granted");
  if (!known) return null;
  return (
    <Switch
      size="sm"
      label={t("menu.notify")}
      checked={granted}
      disabled={granted || Notification.permission === "denied"}
      onChange={() => void Notification.requestPermission().then((answer) => setGranted(answer === "granted"))}
    />
  );
}
