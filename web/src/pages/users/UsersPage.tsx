import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { meQuery } from "@/api/session";
import { usersQuery } from "@/api/users";
import { Page } from "@/components/common/Page";
import { RoleGate } from "@/components/common/RoleGate";
import { Loaded } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { MakeUser } from "./MakeUser";
import { UserRow } from "./UserRow";

/** Who may sign in, and what they may do. */
export function UsersPage() {
  const { t } = useTranslation("users");
  const [making, setMaking] = useState(false);
  return (
    <Page
      title={t("title")}
      about={t("about")}
      actions={
        <RoleGate least="admin" otherwise={null}>
          <Button look="primary" icon={<UserPlus size={16} />} onClick={() => setMaking(true)}>
            {t("make")}
          </Button>
        </RoleGate>
      }
    >
      <RoleGate least="admin">
        <List />
        <MakeUser open={making} onClose={() => setMaking(false)} />
      </RoleGate>
    </Page>
  );
}

function List() {
  const { data: me } = useQuery(meQuery);
  const users = useQuery(usersQuery);
  return (
    <Card flush>
      <Loaded query={users}>
        {(list) => (
          <ul className="divide-y divide-line">
            {list.map((user) => (
              <UserRow key={user.id} user={user} own={me?.user.id === user.id} />
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}
