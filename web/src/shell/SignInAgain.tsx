import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { onSignedOut } from "@/api/client";
import { Problem } from "@/api/problem";
import { meQuery } from "@/api/session";
import { Dialog } from "@/components/ui/Dialog";
import { SignInForm } from "@/pages/login/SignInForm";

/** The session has ended: the password is asked for over the page, which stays as it is, with all that was typed. */
export function SignInAgain() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const [open, setOpen] = useState(false);
  const waiting = useRef<{ done: () => void; leave: (error: Error) => void } | null>(null);

  useEffect(() => {
    onSignedOut(
      () =>
        new Promise((done, leave) => {
          waiting.current = { done, leave };
          setOpen(true);
        }),
    );
    return () => onSignedOut(null);
  }, []);

  const end = (signedIn: boolean) => {
    setOpen(false);
    if (signedIn) waiting.current?.done();
    else waiting.current?.leave(new Problem(401, { code: "signed_out", detail: t("session.ended") }));
    waiting.current = null;
  };
  return (
    <Dialog open={open} onClose={() => end(false)} title={t("session.ended")}>
      <p className="mb-4 text-muted">{t("session.keep")}</p>
      <SignInForm name={me?.user.name} onDone={() => end(true)} />
    </Dialog>
  );
}
