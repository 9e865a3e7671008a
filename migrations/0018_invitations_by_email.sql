-- What somebody with a verified address is invited to: their start page lists it.
CREATE INDEX invitations_by_email ON invitations (email, created_at);
