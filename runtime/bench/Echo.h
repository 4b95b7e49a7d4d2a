// The echo servers that are compared. Each serves its listening socket until the process is killed.
#pragma once

void serveRaw(int listening);
void serveAbide(int listening);
void serveAsio(int listening);
