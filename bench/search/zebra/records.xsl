<?xml version="1.0" encoding="UTF-8"?>
<!-- What of a record can be searched (w), shown as a facet (0) and put in order by (rank). -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
                xmlns:z="http://indexdata.com/zebra-2.0" xmlns:m="http://www.loc.gov/MARC21/slim"
                exclude-result-prefixes="m">
  <xsl:output method="xml" encoding="UTF-8"/>
  <xsl:template match="m:record">
    <z:record z:id="{m:controlfield[@tag='001']}" z:rank="{m:datafield[@tag='990']/m:subfield[@code='p']}">
      <z:index name="number:0"><xsl:value-of select="m:controlfield[@tag='001']"/></z:index>
      <xsl:apply-templates select="m:datafield"/>
    </z:record>
  </xsl:template>
  <xsl:template match="m:datafield[@tag='010']">
    <z:index name="isbn:0"><xsl:value-of select="m:subfield[@code='a']"/></z:index>
  </xsl:template>
  <xsl:template match="m:datafield[@tag='200']">
    <z:index name="any:w any:u title:w"><xsl:value-of select="m:subfield[@code='a']"/></z:index>
    <z:index name="any:w any:u"><xsl:value-of select="m:subfield[@code='e']"/></z:index>
    <z:index name="any:w any:u"><xsl:value-of select="m:subfield[@code='f']"/></z:index>
  </xsl:template>
  <xsl:template match="m:datafield[@tag='225']">
    <z:index name="any:w any:u series:0"><xsl:value-of select="m:subfield[@code='a']"/></z:index>
  </xsl:template>
  <xsl:template match="m:datafield[@tag='500']">
    <z:index name="any:w any:u title:w"><xsl:value-of select="m:subfield[@code='a']"/></z:index>
  </xsl:template>
  <xsl:template match="m:datafield[@tag='606']">
    <z:index name="any:w any:u subject:0"><xsl:value-of select="m:subfield[@code='a']"/></z:index>
  </xsl:template>
  <xsl:template match="m:datafield[@tag='700' or @tag='701' or @tag='702']">
    <z:index name="any:w any:u author:0"><xsl:value-of select="m:subfield[@code='a']"/></z:index>
  </xsl:template>
  <xsl:template match="m:datafield[@tag='990']">
    <z:index name="key:0"><xsl:value-of select="m:subfield[@code='k']"/></z:index>
    <z:index name="material:0"><xsl:value-of select="m:subfield[@code='m']"/></z:index>
    <z:index name="language:0"><xsl:value-of select="m:subfield[@code='l']"/></z:index>
    <z:index name="decade:0"><xsl:value-of select="m:subfield[@code='d']"/></z:index>
    <z:index name="audience:0"><xsl:value-of select="m:subfield[@code='a']"/></z:index>
  </xsl:template>
  <xsl:template match="m:datafield[@tag='995']">
    <z:index name="place:0"><xsl:value-of select="m:subfield[@code='b']"/></z:index>
  </xsl:template>
  <xsl:template match="m:datafield"/>
</xsl:stylesheet>
